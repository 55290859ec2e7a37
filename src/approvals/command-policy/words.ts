/** Splits a list of flags that is written with blanks and line breaks between them. */
export function words(list: string): readonly string[] {
  return list.split(/\s+/).filter((word) => word !== '')
}
