"""Quality of hosts from noised reports: estimates with intervals, comparisons, alarms."""
