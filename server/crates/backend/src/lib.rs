//! The product without its user interface: configuration, services, tasks, doors.
