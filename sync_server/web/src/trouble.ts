// The sentence for a refused action, in the language of the page, and the short word after a done one.
import { ElMessage } from 'element-plus'
import { RequestProblem } from '@look/problem'

export function refusal(problem: unknown, words: Record<string, string>, other: string): string {
  if (!(problem instanceof RequestProblem)) return other
  return words[problem.code] ?? (problem.status === 404 ? words.not_found : `${other} (${problem.code})`)
}

// Below the head, so that the red button stays in sight. One at a time: a stack would cover what comes next.
export function say(message: string): void {
  ElMessage.closeAll()
  ElMessage.success({ message, offset: 68 })
}
