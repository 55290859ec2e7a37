import { expect, test } from 'vitest'
import { docComment } from '../../scripts/generate/doc-comment.js'
import { parses } from './compile.js'

test('nothing to say makes no comment', () => {
  expect(docComment({})).toBe('')
  expect(docComment({ description: '  ', default: null, experimental: false })).toBe('')
})

test('one line makes a short comment', () => {
  expect(docComment({ description: 'Name of the thread. ' })).toBe('/** Name of the thread. */\n')
})

test('paragraphs, default and experimental mark follow each other', () => {
  expect(docComment({ description: 'One.\n\nTwo.', default: false, experimental: true })).toBe(
    '/**\n * One.\n *\n * Two.\n * @default false\n * @experimental\n */\n',
  )
})

test('a comment end inside the text does not end the comment', () => {
  for (const source of [{ description: 'Matches src/**/*.ts and **/' }, { default: '*/ evil()' }]) {
    const comment = docComment(source)

    expect(comment.match(/\*\//g)).toHaveLength(1)
    expect(parses(`${comment}export type T = string`)).toBe(true)
  }
})

test('a long default is left out', () => {
  expect(docComment({ default: 'x'.repeat(200) })).toBe('')
})
