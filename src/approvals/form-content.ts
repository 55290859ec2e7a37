/** JSON schema of one field of a form, as far as MCP allows it. Off the wire: nothing of it is certain. */
interface Field {
  readonly type?: unknown
  readonly enum?: unknown
  readonly oneOf?: unknown
  readonly items?: { readonly enum?: unknown; readonly anyOf?: unknown } | null
}

/**
 * Says why the content of a form does not match its schema, or returns `undefined`. Codex does not check it:
 * an MCP server would get whatever is sent.
 */
export function findFormProblem(requestedSchema: unknown, content: unknown): string | undefined {
  if (!isRecord(content)) return 'a form needs its fields as content'
  if (!isRecord(requestedSchema)) return undefined
  const fields = isRecord(requestedSchema.properties) ? requestedSchema.properties : {}
  const required = Array.isArray(requestedSchema.required) ? requestedSchema.required : []
  for (const name of required) {
    if (typeof name === 'string' && !Object.hasOwn(content, name)) return `the field ${name} is missing`
  }
  for (const [name, value] of Object.entries(content)) {
    if (!Object.hasOwn(fields, name)) return `the form has no field ${name}`
    const field = fields[name]
    if (isRecord(field) && !fits(value, field)) return `the field ${name} has another type or choice`
  }
  return undefined
}

function fits(value: unknown, field: Field): boolean {
  const choices = choicesOf(field.enum, field.oneOf)
  switch (field.type) {
    case 'string':
      return typeof value === 'string' && (choices?.includes(value) ?? true)
    case 'boolean':
      return typeof value === 'boolean'
    case 'number':
      return typeof value === 'number' && Number.isFinite(value)
    case 'integer':
      return Number.isSafeInteger(value)
    case 'array': {
      const accepted = choicesOf(field.items?.enum, field.items?.anyOf)
      return (
        Array.isArray(value) &&
        value.every((one) => typeof one === 'string' && (accepted?.includes(one) ?? true))
      )
    }
    default:
      return true
  }
}

/** The values that a field may have, in either of the two ways to list them. */
export function choicesOf(listed: unknown, titled: unknown): readonly string[] | undefined {
  if (Array.isArray(listed)) return listed.filter((value) => typeof value === 'string')
  if (!Array.isArray(titled)) return undefined
  return titled.flatMap((one: unknown) => (isRecord(one) && typeof one.const === 'string' ? [one.const] : []))
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
