import { InvalidInputError } from '../../util/errors.js'
import type { UserInputRequest } from '../requests.js'
import { type ApprovalRule, unrelated } from './rule.js'

/** Answers by the ids of the questions. */
export type UserInputAnswers = Readonly<Record<string, string | readonly string[]>>

/**
 * Answers the agent's questions: with a table, when it has an answer to each of them, or with a function, when
 * it returns answers. The ids are chosen by the model. A function must have no side effects, and makes the
 * rule impossible to store. Throws `InvalidInputError` for anything else.
 */
export function answerUserInput(
  answers: UserInputAnswers | ((request: UserInputRequest) => UserInputAnswers | undefined),
): ApprovalRule {
  const table = typeof answers === 'function' ? undefined : checkTable(answers)
  const find = typeof answers === 'function' ? answers : tableLookup(table ?? {})
  const name = table ? Object.keys(table).join(', ') : 'a function'
  return {
    name: `answerUserInput(${name})`,
    evaluate(request) {
      if (request.kind !== 'user-input') return unrelated('questions')
      const found = find(request)
      return found === undefined
        ? { match: 'no', reason: 'not every question has an answer' }
        : { match: 'yes', reason: 'every question has an answer', decision: { answers: found } }
    },
    ...(table ? { toJSON: () => structuredClone({ rule: 'answerUserInput', answers: table }) } : {}),
  }
}

function tableLookup(table: UserInputAnswers) {
  return ({ questions }: UserInputRequest): UserInputAnswers | undefined => {
    const found = questions.flatMap(({ id }) => {
      const answer = Object.hasOwn(table, id) ? table[id] : undefined
      return answer === undefined ? [] : [[id, answer] as const]
    })
    return found.length === questions.length ? Object.fromEntries(found) : undefined
  }
}

/** Checks a table and returns a copy, which later changes to the original do not reach. */
function checkTable(given: unknown): UserInputAnswers {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new InvalidInputError('answers', given, 'a table of answers, or a function')
  }
  const entries = Object.entries(given).map(([id, answer]) => [
    id,
    Array.isArray(answer) ? [...answer] : answer,
  ])
  const table: Record<string, unknown> = Object.fromEntries(entries)
  for (const [id, answer] of Object.entries(table)) {
    const texts: readonly unknown[] = Array.isArray(answer) ? answer : [answer]
    if (!texts.every((text) => typeof text === 'string')) {
      throw new InvalidInputError(`answers.${id}`, answer, 'a text or a list of texts')
    }
  }
  return table as UserInputAnswers
}
