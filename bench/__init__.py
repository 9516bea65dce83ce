"""How fast Doorward is, beside what the machine allows and beside node-oidc-provider; `make bench` runs it."""
