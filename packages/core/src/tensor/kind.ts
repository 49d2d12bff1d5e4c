/** Where a thing says what it is; a name that only this package has. A file without imports: classes that import each other have it. */
export const kind: unique symbol = Symbol("kind");
