/** A value of type `T` that the compiler keeps apart from other `T`s by the tag `N`; free at run time. */
export type Brand<T, N extends string> = T & { readonly __brand: N };
