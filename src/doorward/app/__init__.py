"""The composition root: settings become a running server here, and nowhere else."""

from doorward.app.installation import Installation, open_installation
from doorward.app.serving import serve
from doorward.app.web_app import create_app

__all__ = ["Installation", "create_app", "open_installation", "serve"]
