"""Who the person is: accounts, passwords, sessions, invitations and API keys; it knows nothing of OAuth."""
