import { describe, expect, test } from 'vitest'
import { reachable, readDefinitions } from '../../scripts/generate/definitions.js'
import { GenerateError } from '../../scripts/generate/errors.js'
import { parseSchema } from '../../scripts/generate/schema.js'

describe('parseSchema', () => {
  test('a keyword that it does not know fails by name and place', () => {
    const schema = { type: 'object', properties: { size: { type: 'string', pattern: '^x' } } }

    expect(() => parseSchema(schema, 'Box')).toThrow(
      new GenerateError('Box.size: unknown schema keyword `pattern`'),
    )
  })

  test.each([
    ['a type that is not one of JSON', { type: 'date' }, 'Box/type: unknown type "date"'],
    ['a tuple', { type: 'array', items: [{ type: 'string' }] }, 'Box/items: tuples are not supported'],
    ['a reference outside the definitions', { $ref: 'other.json' }, 'Box/$ref: unknown reference other.json'],
    ['an enum of objects', { enum: [{}] }, 'Box/enum: expected a string, number, boolean or null'],
    ['an empty union', { oneOf: [] }, 'Box/oneOf: expected a list'],
    ['something that is not a schema', 'string', 'Box: expected an object'],
    [
      'a required field without a schema',
      { type: 'object', required: ['a'] },
      'Box: required `a` has no schema',
    ],
    ['items of a string', { type: 'string', items: true }, 'Box: describes an array but is not one'],
    [
      'fields of a string',
      { type: 'string', properties: { a: true } },
      'Box: describes an object but is not one',
    ],
    ['free fields of no type', { additionalProperties: true }, 'Box: describes an object but is not one'],
  ])('%s fails', (_, schema, message) => {
    expect(() => parseSchema(schema, 'Box')).toThrow(new GenerateError(message))
  })

  test('hints about numbers and lengths are accepted', () => {
    expect(() =>
      parseSchema({ type: 'integer', format: 'int64', minimum: 0, minLength: 1 }, 'Box'),
    ).not.toThrow()
  })
})

describe('readDefinitions', () => {
  const bundle = (root: object, v2: object) => ({ definitions: { ...root, v2 } })

  test('both levels of the bundle share one space of names', () => {
    const definitions = readDefinitions(
      bundle({ A: { $ref: '#/definitions/v2/B' } }, { B: { type: 'string' } }),
    )

    expect([...definitions.keys()]).toEqual(['A', 'B'])
    expect(reachable(definitions, ['A'])).toEqual(['A', 'B'])
  })

  test('one type on both levels is fine, two of one name are not', () => {
    const text = { type: 'string' }

    expect(readDefinitions(bundle({ A: { ...text, title: 'A' } }, { A: text })).size).toBe(1)
    expect(() => readDefinitions(bundle({ A: text }, { A: { type: 'null' } }))).toThrow(
      'A: the bundle has two different types of this name',
    )
  })

  test('names that cannot be used as a type fail', () => {
    expect(() => readDefinitions(bundle({ 'a-b': true }, {}))).toThrow('a-b: not usable as a type name')
    expect(() => readDefinitions(bundle({ Record: true }, {}))).toThrow(
      'Record: a name that generated code uses',
    )
  })

  test('a reference to a missing type fails by name', () => {
    const definitions = readDefinitions(bundle({ A: { $ref: '#/definitions/Gone' } }, {}))

    expect(() => reachable(definitions, ['A'])).toThrow('Gone: no such type in the schema')
  })

  test('types that refer to themselves are reached once', () => {
    const definitions = readDefinitions(
      bundle({ A: { type: 'array', items: { $ref: '#/definitions/A' } } }, {}),
    )

    expect(reachable(definitions, ['A'])).toEqual(['A'])
  })
})
