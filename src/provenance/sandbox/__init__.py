"""What the Linux kernel offers to confine a process that reads what strangers made."""
