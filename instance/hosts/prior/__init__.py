"""What the fleet tells a viewer of hosts not yet tried."""
