"""What every platform and stage may lean on: HTTP, errors, storage, sandbox base. Knows no platform."""
