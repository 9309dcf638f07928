// Skip logic of the form definition: data, evaluated as the program does it; the program checks every saved visit again.
import type { Answers, Condition, Form, Question } from './types'

export function holds(condition: Condition | undefined, answers: Answers, facts: string[] = []): boolean {
  if (!condition) return true
  if (condition.all) return condition.all.every((part) => holds(part, answers, facts))
  if (condition.any) return condition.any.some((part) => holds(part, answers, facts))
  if (condition.not) return !holds(condition.not, answers, facts)
  if (condition.fact) return facts.includes(condition.fact)
  const given = answers[condition.question ?? ''] ?? []
  if (condition.is) return given.some((answer) => condition.is!.includes(answer))
  if (condition.is_not) return given.length > 0 && !given.some((answer) => condition.is_not!.includes(answer))
  return condition.answered ? given.length > 0 : true
}

export function visibleQuestions(form: Form, answers: Answers): Question[] {
  return form.questions.filter((question) => holds(question.visible_when, answers))
}

// Answers of hidden questions do not count.
export function visibleAnswers(form: Form, answers: Answers): Answers {
  const shown = new Set(visibleQuestions(form, answers).map((question) => question.code))
  return Object.fromEntries(Object.entries(answers).filter(([code, given]) => shown.has(code) && given.length > 0))
}

// 其余一切正常: every open question gets the answer that means nothing is wrong.
export function fillFine(form: Form, answers: Answers, previous: Answers): Answers {
  const filled = { ...answers }
  for (const question of visibleQuestions(form, filled)) {
    if (question.code === 'V01' || (filled[question.code] ?? []).length > 0) continue
    if (question.prefill_previous && previous[question.code]?.length) filled[question.code] = previous[question.code]!
    else if (question.quick_pass?.length) filled[question.code] = question.quick_pass
  }
  return filled
}

export function isFine(question: Question, answers: Answers): boolean {
  const given = answers[question.code] ?? []
  // Where some answer is marked as fine, the others are not.
  const rated = question.options?.some((option) => option.fine) ?? false
  return given.every((code) => {
    if (question.kind === 'yes_no_group') return code.endsWith('=yes')
    return question.options?.find((option) => option.code === code)?.fine ?? !rated
  })
}
