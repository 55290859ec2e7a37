const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

/** The bytes of a padded base64 text, or `undefined` when it is not one. */
export function decodeBase64(text: string): Buffer | undefined {
  return text.length % 4 === 0 && BASE64.test(text) ? Buffer.from(text, 'base64') : undefined
}
