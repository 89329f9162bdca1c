"""Orders and customers of the sandbox store: what shoppers and merchants do, and the operations on them."""
