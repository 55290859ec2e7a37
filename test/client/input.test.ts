import { describe, expect, it } from 'vitest'
import { MAX_INPUT_CHARACTERS } from '../../src/client/index.js'
import { toUserInput } from '../../src/client/input.js'

const text = (value: string) => ({ type: 'text', text: value, text_elements: [] })

describe('the input', () => {
  it('takes a text, and lists of texts and parts', () => {
    expect(toUserInput('hi')).toEqual([text('hi')])
    const image = { type: 'localImage', path: '/a.png' } as const
    expect(toUserInput(['look', image, ''])).toEqual([text('look'), image, text('')])
  })

  it('takes images by their bytes, a view of a larger buffer included', () => {
    const bytes = new Uint8Array([9, 1, 2, 3, 9]).subarray(1, 4)
    expect(toUserInput([{ type: 'imageData', data: bytes }])).toEqual([
      { type: 'image', url: 'data:image/png;base64,AQID' },
    ])
    expect(toUserInput([{ type: 'imageData', data: bytes, mediaType: 'image/svg+xml' }])).toEqual([
      { type: 'image', url: 'data:image/svg+xml;base64,AQID' },
    ])
  })

  it('passes parts on that this version does not know', () => {
    const part = { type: 'hologram', depth: 3 }
    expect(toUserInput([part as never])).toEqual([part])
    expect(toUserInput([{ type: 'image', fileId: 'file-1' }])).toEqual([{ type: 'image', fileId: 'file-1' }])
  })

  it.each([
    ['input', undefined],
    ['input', null],
    ['input', 5],
    ['input', { type: 'text', text: 'x' }],
    ['input', ''],
    ['input', []],
    ['input', ['', '']],
    ['input[1]', ['a', 5]],
    ['input[0]', [null]],
    ['input[0]', [['a']]],
    ['input[0].type', [{}]],
    ['input[0].type', [{ type: 5 }]],
    ['input[0].text', [{ type: 'text' }]],
    ['input[0].text', [{ type: 'text', text: '' }]],
    ['input[0].path', [{ type: 'localImage' }]],
    ['input[0].path', [{ type: 'localAudio', path: 5 }]],
    ['input[0].name', [{ type: 'skill', path: '/p' }]],
    ['input[0].path', [{ type: 'mention', name: 'n' }]],
    ['input[0].url', [{ type: 'image' }]],
    ['input[0].url', [{ type: 'image', url: 5 }]],
    ['input[0].url', [{ type: 'audio', url: '' }]],
    ['input[0].data', [{ type: 'imageData' }]],
    ['input[0].data', [{ type: 'imageData', data: 'AQID' }]],
    ['input[0].data', [{ type: 'imageData', data: new Uint8Array() }]],
    ['input[0].mediaType', [{ type: 'imageData', data: new Uint8Array(1), mediaType: 'text/html' }]],
    ['input[0].mediaType', [{ type: 'imageData', data: new Uint8Array(1), mediaType: 'image/png;x,y' }]],
    ['input', 'x'.repeat(MAX_INPUT_CHARACTERS + 1)],
    ['input', ['x'.repeat(MAX_INPUT_CHARACTERS), 'y']],
  ])('names %s when it is wrong', (option, input) => {
    expect(() => toUserInput(input as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', option }),
    )
  })

  it('may be as long as Codex takes, counted in code points as Codex does', () => {
    expect(toUserInput('x'.repeat(MAX_INPUT_CHARACTERS))).toHaveLength(1)
    expect(toUserInput('😀'.repeat(MAX_INPUT_CHARACTERS))).toHaveLength(1)
    expect(() => toUserInput('😀'.repeat(MAX_INPUT_CHARACTERS + 1))).toThrow('characters')
  })
})
