"""Orders, payments, refunds and customers of the store (fact sheet §6 to §8). The catalogue knows nothing of them."""
