export { toMermaid } from './to-mermaid.js';
