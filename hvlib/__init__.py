"""The textbook that runs: hypervisors and containers as models, diagrams and real machines."""
