"""The forms of leads: `company` is what registering and editing share."""
