// A failed request as the page shows it: the sentence of the program, and its stable code small below.
export class RequestProblem extends Error {
  constructor(readonly status: number, readonly code: string, message: string, readonly body: Record<string, unknown> = {}) {
    super(message)
  }
}

export async function readAnswer<T>(answer: Response): Promise<T> {
  const text = await answer.text()
  const body = text ? JSON.parse(text) : {}
  if (answer.ok) return body as T
  throw new RequestProblem(answer.status, body.code ?? `http.${answer.status}`, body.detail ?? body.title ?? '', body)
}
