import { isOffered } from '../check-decision.js'
import type { ApprovalDecision } from '../decisions.js'
import { choicesOf } from '../form-content.js'
import type { ApprovalRequest, ElicitationRequest } from '../requests.js'
import { shorten, visibleText } from '../visible-text.js'

/** One thing that a person can answer. */
export interface PromptChoice {
  /** What to type, for example `y`. */
  readonly key: string
  readonly label: string
  readonly decision: ApprovalDecision
}

/** One question that wants a text. */
export interface PromptQuestion {
  /** Id by which the answer is returned. */
  readonly id: string
  /** What to show. */
  readonly text: string
  /** The texts to choose from; empty when any text will do. */
  readonly options: readonly { readonly value: string; readonly label: string }[]
  /** Whether a text beside the options will do. */
  readonly allowsOther: boolean
  /** Whether the answer should not be shown while it is typed. */
  readonly isSecret: boolean
  /** Whether it may be left out. */
  readonly isOptional: boolean
}

/** What a person is shown and asked. Every text is fit to be shown: invisible characters are written out. */
export interface HumanPrompt {
  readonly request: ApprovalRequest
  /** What Codex wants, in a few words. */
  readonly title: string
  /** The facts to decide by. Texts may have several lines. */
  readonly details: readonly { readonly label: string; readonly text: string }[]
  /** Ways to decide at once; none that allows when `details` do not show the whole request. */
  readonly choices: readonly PromptChoice[]
  /** Questions to answer instead of choosing; empty for most requests. */
  readonly questions: readonly PromptQuestion[]
  /** Makes a decision of answers to the questions, by their ids. */
  readonly answer: (answers: Readonly<Record<string, string>>) => ApprovalDecision
}

/** Longest text of a detail, in characters; what is longer loses its middle, and cannot be allowed. */
const MAX_DETAIL = 4_000
/** As {@link MAX_DETAIL}, for the changes of one file. */
const MAX_CHANGE = 20_000
const MAX_LABEL = 20

/** Prepares a request for a person. What is too long to be shown in full can only be declined. */
export function humanPrompt(request: ApprovalRequest): HumanPrompt {
  const maxLength = request.kind === 'file-change' ? MAX_CHANGE : MAX_DETAIL
  const texts = detailsOf(request).flatMap(([label, text]) => (text ? [[label, text] as const] : []))
  const isWhole = texts.every(([, text]) => text.length <= maxLength)
  const details = texts.map(([label, text]) => ({
    label: visibleText(shorten(label, MAX_LABEL)),
    text: promptText(shorten(text, maxLength), { keepLineBreaks: true }),
  }))
  return {
    request,
    title: TITLES[request.kind],
    details: isWhole ? details : [...details, { label: 'only no', text: NOT_WHOLE }],
    choices: isWhole ? choicesFor(request) : REFUSALS,
    questions: isWhole ? questionsOf(request) : [],
    answer: (answers) => (isWhole ? decisionOf(request, answers) : 'decline'),
  }
}

const NOT_WHOLE = 'It is too long to be shown in full, so it cannot be allowed here.'

const REFUSALS: readonly PromptChoice[] = [
  { key: 'n', label: 'no', decision: 'decline' },
  { key: 'c', label: 'no, and stop the turn', decision: 'cancel' },
]

// Longer ones could push the rest of a text out of sight.
const BLANKS = / {33,}/g
const EMPTY_LINES = /\n(?: *\n){5,}/g

/** As {@link visibleText}; long runs of blanks and of empty lines are counted instead of shown. */
function promptText(text: string, options: { readonly keepLineBreaks?: boolean } = {}): string {
  return visibleText(text, options)
    .replace(EMPTY_LINES, (run) => `\n<${run.split('\n').length - 2} empty lines>\n`)
    .replace(BLANKS, (run) => `<${run.length} blanks>`)
}

const TITLES: Readonly<Record<ApprovalRequest['kind'], string>> = {
  command: 'Codex wants to run a command',
  'file-change': 'Codex wants to change files',
  permissions: 'Codex wants more permissions',
  'mcp-tool': 'Codex wants to call an MCP tool',
  elicitation: 'An MCP server asks',
  'user-input': 'Codex asks',
}

function detailsOf(request: ApprovalRequest): readonly (readonly [string, string | undefined])[] {
  const reason = ['because', request.reason] as const
  switch (request.kind) {
    case 'command': {
      const { action, network, params } = request
      return [
        ['about', action === 'command' ? undefined : action],
        ['command', request.command],
        ['folder', request.cwd],
        ['network', network && `${network.host} (${network.protocol})`],
        ['also', request.wantsPermissions ? JSON.stringify(params.additionalPermissions) : undefined],
        reason,
      ]
    }
    case 'file-change': {
      const changes = request.changes.map(({ path, kind, diff }) => {
        const target = kind?.type === 'update' ? kind.move_path : undefined
        return [`${kind?.type}`, `${path}${target ? ` → ${target}` : ''}\n${diff}`] as const
      })
      return [['folder', request.grantRoot], ...changes, reason]
    }
    case 'permissions':
      return [['asks for', JSON.stringify(request.permissions, undefined, 2)], reason]
    case 'mcp-tool':
      return [
        ['tool', `${request.server ?? 'unknown server'}/${request.tool ?? 'unknown tool'}`],
        ['arguments', JSON.stringify(request.arguments, undefined, 2)],
        reason,
      ]
    case 'elicitation':
      return [
        ['server', request.server],
        ['says', request.message],
        ['open', request.url],
      ]
    case 'user-input':
      return []
  }
}

function choicesFor(request: ApprovalRequest): readonly PromptChoice[] {
  if (request.kind === 'user-input') return REFUSALS
  if (request.kind === 'elicitation') {
    return request.mode === 'url'
      ? [{ key: 'y', label: 'done', decision: { action: 'accept' } }, ...REFUSALS]
      : REFUSALS
  }
  const yes: readonly PromptChoice[] = [
    { key: 'y', label: 'yes, once', decision: 'accept' },
    { key: 's', label: 'yes, for this session', decision: 'acceptForSession' },
  ]
  return [...yes.filter(({ decision }) => isOffered(request, decision)), ...REFUSALS]
}

function questionsOf(request: ApprovalRequest): readonly PromptQuestion[] {
  if (request.kind === 'user-input') {
    return request.questions.map((question) => {
      const options = (question.options ?? []).map(({ label, description }) => ({
        value: label,
        label: promptText(description ? `${label}: ${description}` : label),
      }))
      return {
        id: question.id,
        text: promptText(question.question),
        options,
        allowsOther: question.isOther === true || options.length === 0,
        isSecret: question.isSecret === true,
        isOptional: false,
      }
    })
  }
  return request.kind === 'elicitation' && request.mode === 'form' ? fieldsOf(request) : []
}

function fieldsOf({ params }: ElicitationRequest): readonly PromptQuestion[] {
  if (params.mode !== 'form') return []
  const { properties, required } = params.requestedSchema
  return Object.entries(properties ?? {}).map(([id, field]) => {
    const { title, description, enum: listed, oneOf } = field as FormField
    const options = field.type === 'boolean' ? ['true', 'false'] : (choicesOf(listed, oneOf) ?? [])
    return {
      id,
      text: promptText([title ?? id, description].filter(Boolean).join(': ')),
      options: options.map((value) => ({ value, label: promptText(value) })),
      allowsOther: options.length === 0,
      isSecret: false,
      isOptional: !required?.includes(id),
    }
  })
}

/** Members of a form's field that not every type of field has. */
interface FormField {
  readonly type?: unknown
  readonly title?: string | null
  readonly description?: string | null
  readonly enum?: unknown
  readonly oneOf?: unknown
}

function decisionOf(request: ApprovalRequest, answers: Readonly<Record<string, string>>): ApprovalDecision {
  if (request.kind === 'user-input') return { answers }
  if (request.kind !== 'elicitation' || request.params.mode !== 'form') return 'decline'
  const { properties } = request.params.requestedSchema
  const content = Object.entries(answers).map(([id, text]) => [id, typed(text, properties?.[id]?.type)])
  return { action: 'accept', content: Object.fromEntries(content) as Record<string, unknown> }
}

/** A text as the field wants it; what does not fit stays a text, and is refused when it is checked. */
function typed(text: string, type: unknown): unknown {
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text
  if (type === 'number' || type === 'integer') return text.trim() === '' ? text : Number(text)
  return type === 'array' ? text.split(',').map((part) => part.trim()) : text
}
