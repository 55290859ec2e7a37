import { describe, expect, it } from 'vitest'
import { findStrictModeProblem } from '../../src/output/strict-schema.js'

const object = (properties: Record<string, unknown>, more: object = {}) => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
  ...more,
})
const string = { type: 'string' }

function nested(levels: number): unknown {
  let schema: unknown = string
  for (let level = 0; level < levels; level += 1) schema = object({ a: schema })
  return schema
}

describe('strict mode', () => {
  it.each([
    ['an empty object', object({})],
    [
      'nested objects and lists',
      object({ a: object({ b: { type: 'array', items: object({ c: string }) } }) }),
    ],
    [
      'nullable members',
      object({ a: { type: ['string', 'null'] }, b: { anyOf: [string, { type: 'null' }] } }),
    ],
    ['enums and constants', object({ a: { enum: ['x'] }, b: { const: 1 } })],
    ['definitions', object({ a: { $ref: '#/$defs/x' } }, { $defs: { x: object({ y: string }) } })],
    ['recursion', object({ a: { type: 'array', items: { $ref: '#' } } })],
    ['members with names of keywords', object({ not: string, oneOf: string, properties: string })],
    ['ten levels', nested(10)],
  ])('accepts %s', (_what, schema) => {
    expect(findStrictModeProblem(schema)).toBeUndefined()
  })

  it.each([
    ['no schema', '', undefined],
    ['a list', '', []],
    ['a root that is a text', '', string],
    ['a root that is a union', '', { type: 'object', anyOf: [object({})] }],
    ['an optional member', '.a', object({ a: string }, { required: [] })],
    ['no list of required members', '.a', object({ a: string }, { required: undefined })],
    ['an open object', '', object({}, { additionalProperties: undefined })],
    ['an object with free keys', '.a', object({ a: object({}, { additionalProperties: string }) })],
    ['a nullable open object', '.a', object({ a: { type: ['object', 'null'], properties: {} } })],
    ['a member of any type', '.a', object({ a: {} })],
    ['a member that is true', '.a', object({ a: true })],
    ['an item of any type', '.a[]', object({ a: { type: 'array', items: {} } })],
    ['a tuple', '.a[]', object({ a: { type: 'array', items: [string] } })],
    ['a union with an open object', '.a(2)', object({ a: { anyOf: [string, { type: 'object' }] } })],
    ['a bad definition', '#x', object({}, { $defs: { x: {} } })],
    ['a bad definition of the older kind', '#x', object({}, { definitions: { x: {} } })],
    ['eleven levels', '.a'.repeat(11), nested(11)],
    ...['allOf', 'oneOf', 'not', 'if', 'patternProperties', 'propertyNames', 'dependentRequired'].map(
      (keyword): [string, string, unknown] => [keyword, '.a', object({ a: { ...string, [keyword]: [] } })],
    ),
  ])('refuses %s, and says where', (_what, path, schema) => {
    expect(findStrictModeProblem(schema)).toMatchObject({ path, expected: expect.any(String) })
  })

  it('refuses more than 5,000 members in all', () => {
    const half = (letter: string, count: number) =>
      object(Object.fromEntries(Array.from({ length: count }, (_, i) => [`${letter}${i}`, string])))
    expect(findStrictModeProblem(object({ a: half('a', 2499), b: half('b', 2499) }))).toBeUndefined()
    expect(findStrictModeProblem(object({ a: half('a', 2499), b: half('b', 2500) }))).toMatchObject({
      path: '.b',
    })
  })

  it('ends on a schema that contains itself', () => {
    const schema: Record<string, unknown> = object({})
    schema.properties = { self: schema }
    schema.required = ['self']
    expect(findStrictModeProblem(schema)).toBeUndefined()
  })
})
