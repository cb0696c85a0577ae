//! Every child process: keeper, group, stderr, end.
