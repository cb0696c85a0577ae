//! SQLite: one writer, a pool of readers, migrations.
