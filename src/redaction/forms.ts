/** Shortest derived form that is looked for; a shorter one would be found by chance. */
const MIN_BASE64 = 6
const MIN_EMBEDDED = 8

/** The forms in which a value travels: as it is, in URLs, in JSON, in base64 alone or inside a longer text. */
export function formsOf(value: string): ReadonlySet<string> {
  const forms = new Set([value])
  for (const encoded of urlForms(value)) forms.add(encoded)
  for (const escaped of jsonForms(value)) forms.add(escaped)
  for (const encoded of base64Forms(new TextEncoder().encode(value))) forms.add(encoded)
  return forms
}

function urlForms(value: string): string[] {
  let encoded: string
  try {
    encoded = encodeURIComponent(value)
  } catch {
    // A lone surrogate has no encoded form.
    return []
  }
  const strict = encoded.replace(/[!'()*]/g, percent)
  const forms = [
    encoded,
    strict,
    strict.replaceAll('%20', '+'),
    strict.replaceAll('~', '%7E'),
    encodeURI(value),
  ]
  return forms.flatMap((form) => [form, form.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())])
}

function percent(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase()}`
}

function jsonForms(value: string): string[] {
  const once = JSON.stringify(value).slice(1, -1)
  const twice = JSON.stringify(once).slice(1, -1)
  const ascii = once.replace(/[^\x20-\x7e]/g, escapeUnit)
  const html = once.replace(/[<>&]/g, escapeUnit)
  return [once, twice, ascii, html, once.replaceAll('/', '\\/')]
}

function escapeUnit(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function base64Forms(bytes: Uint8Array): string[] {
  const forms: string[] = []
  const alone = base64(bytes).replace(/=+$/, '')
  if (alone.length >= MIN_BASE64) forms.push(alone)
  // Inside a longer text the bytes fall on one of three places; only the full characters are certain.
  for (let shift = 0; shift < 3; shift++) {
    const moved = new Uint8Array(bytes.length + shift)
    moved.set(bytes, shift)
    const from = shift === 0 ? 0 : shift + 1
    const to = Math.floor(((bytes.length + shift) * 8) / 6)
    const core = base64(moved).slice(from, to)
    if (core.length >= MIN_EMBEDDED) forms.push(core)
  }
  return forms.flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')])
}

function base64(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary)
}
