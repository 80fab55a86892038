"""What `corewise.threadpoolctl` is made of."""
