/** What a step may be called: then no name needs quoting in a path, a key or a diagram. */
export const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;
