/** The classes of all drawings, so that those of later kinds of steps look the same. */
export const STYLING: readonly string[] = [
  '%% Styling',
  'classDef default fill:#f8f9fa,stroke:#dee2e6,stroke-width:1px;',
  'classDef step fill:#e3f2fd,stroke:#1976d2,stroke-width:2px,color:#0d47a1;',
  'classDef streaming fill:#fff3e0,stroke:#f57c00,stroke-width:2px,color:#e65100;',
  'classDef map fill:#e8f5e9,stroke:#388e3c,stroke-width:2px,color:#1b5e20;',
  'classDef switch fill:#f3e5f5,stroke:#7b1fa2,stroke-width:2px,color:#4a148c;',
  'classDef sub fill:#f1f8e9,stroke:#558b2f,stroke-width:2px,color:#33691e;',
  'classDef isolated fill:#fce4ec,stroke:#c2185b,stroke-width:2px,stroke-dasharray: 5 5,color:#880e4f;',
  'classDef startEnd fill:#e8f5e9,stroke:#388e3c,stroke-width:3px,color:#1b5e20;',
];
