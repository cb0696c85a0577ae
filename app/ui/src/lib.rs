//! The design system: frame, panels, tables, badges, charts, the live socket.
