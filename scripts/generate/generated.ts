/** Path of each generated file, from the checkout's root, to its text. */
export type Generated = Readonly<Record<string, string>>
