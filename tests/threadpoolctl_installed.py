"""A plugin of pytest's: corewise stands in for threadpoolctl (`threadpoolctl_users.py`)."""

from corewise import threadpoolctl

threadpoolctl.install()
