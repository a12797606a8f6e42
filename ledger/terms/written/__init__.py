"""How terms are written: what people may type, and the canonical form that is signed and kept."""
