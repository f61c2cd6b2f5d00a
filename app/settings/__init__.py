"""The vendor's own settings: who it is and what it promises, kept in the database and changed at the desk."""
