"""What all assets share: the merchant's open run, its failures, its schedules."""
