"""The labs' checks, and the script that makes the reader's labs from their solutions."""
