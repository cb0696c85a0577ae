//! Reports of every way in, held against what becomes of agents.
