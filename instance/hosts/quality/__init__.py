"""What noised reports say of hosts: estimates with intervals, comparisons, alarms."""
