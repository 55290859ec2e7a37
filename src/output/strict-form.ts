type Json = Record<string, unknown>

/**
 * Rewrites a schema that a library made into what strict mode wants and means the same for an answer that the
 * library checks afterwards: objects are closed where the schema does not say, `oneOf` becomes `anyOf`, and the
 * root's `$schema` goes. Returns a copy.
 */
export function toStrictForm(schema: unknown): Json {
  const { $schema: _dialect, ...root } = rewrite(schema) as Json
  return root
}

/** Keywords whose value is a schema, or a list of schemas. */
const SCHEMAS = ['items', 'anyOf', 'additionalProperties']
/** Keywords whose value is an object of schemas by name. */
const NAMED_SCHEMAS = ['properties', '$defs', 'definitions']

function rewrite(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(rewrite)
  if (!isObject(schema)) return schema
  const { oneOf, ...copy } = schema
  // A union told apart by a key: its variants exclude one another, whichever word is used.
  if (oneOf !== undefined) {
    if (copy.anyOf === undefined) copy.anyOf = oneOf
    else copy.oneOf = oneOf
  }
  for (const keyword of SCHEMAS) if (copy[keyword] !== undefined) copy[keyword] = rewrite(copy[keyword])
  for (const keyword of NAMED_SCHEMAS) {
    const named = copy[keyword]
    if (!isObject(named)) continue
    copy[keyword] = Object.fromEntries(Object.entries(named).map(([name, value]) => [name, rewrite(value)]))
  }
  if (isObjectType(copy) && isObject(copy.properties)) copy.additionalProperties ??= false
  return copy
}

function isObjectType({ type }: Json): boolean {
  return type === 'object' || (Array.isArray(type) && type.includes('object'))
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
