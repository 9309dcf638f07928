// The loopback interface of the tablet program. The launch code from the address is spent once for a token that lives as
// long as this tab.
import { readAnswer, RequestProblem } from '@look/problem'
import type { Answers, Attachment, Chip, Draft, DueRow, Form, HouseholdView, Problem, Added, SearchHit, State, Today, TriageLead, OutboxGroup, DeviceFacts } from './types'

const kToken = 'doudi.token'

export async function claimLaunchCode(): Promise<void> {
  // The router has put a slash before the fragment by now.
  const code = new URLSearchParams(location.hash.replace(/^#\/?/, '')).get('code')
  if (!code) return
  history.replaceState(null, '', `${location.pathname}#/`)
  const answer = await fetch('/api/launch', {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ code }),
  })
  if (answer.ok) sessionStorage.setItem(kToken, (await answer.json()).token)
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { 'x-doudi-token': sessionStorage.getItem(kToken) ?? '' }
  if (body !== undefined) headers['content-type'] = 'application/json'
  let answer: Response
  try {
    answer = await fetch(`/api${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) })
  } catch {
    throw new RequestProblem(0, 'program.gone', '')
  }
  return readAnswer<T>(answer)
}

// Bytes as they are, in one direction or the other.
async function media(method: string, path: string, body?: Blob): Promise<Response> {
  const headers: Record<string, string> = { 'x-doudi-token': sessionStorage.getItem(kToken) ?? '' }
  if (body !== undefined) headers['content-type'] = body.type || 'application/octet-stream'
  return fetch(`/api/attachments${path}`, { method, headers, body, cache: 'no-store' })
    .catch(() => { throw new RequestProblem(0, 'program.gone', '') })
}

export const api = {
  addAttachment: (content: Blob) => media('POST', '', content).then((answer) => readAnswer<{ attachment: Attachment }>(answer)),
  attachment: (id: string) => call<{ attachment: Attachment }>('GET', `/attachments/${id}`),
  attachmentContent: (id: string) => media('GET', `/${id}/content`).then(async (answer) => (answer.ok ? answer.blob() : null)),
  removeAttachment: (id: string) => call<unknown>('DELETE', `/attachments/${id}`),
  retryAttachment: (id: string) => call<{ attachment: Attachment }>('POST', `/attachments/${id}/retry`, {}),
  state: () => call<State>('GET', '/state'),
  rescue: (pin: string) => call<{ unsent: number }>('POST', '/rescue', { pin }),
  unlock: (pin: string, acceptLoss: boolean) => call<{ ok: boolean }>('POST', '/unlock', { pin, accept_loss: acceptLoss }),
  changePin: (pin: string, newPin: string) => call<{ ok: boolean }>('POST', '/pin', { pin, new_pin: newPin }),
  lock: () => call<unknown>('POST', '/lock', {}),
  chip: () => call<Chip>('GET', '/chip'),
  sync: () => call<unknown>('POST', '/sync', {}),
  today: () => call<Today>('GET', '/today'),
  household: (id: string) => call<HouseholdView>('GET', `/households/${id}`),
  form: () => call<Form>('GET', '/form'),
  previous: (id: string) => call<{ answers: Answers; seen_at: string | null }>('GET', `/households/${id}/previous`),
  saveDraft: (id: string, draft: Draft) => call<{ saved_at: string }>('PUT', `/drafts/${id}`, draft),
  dropDraft: (id: string) => call<unknown>('DELETE', `/drafts/${id}`),
  triage: (household: string, person: string | null, answers: Answers) =>
    call<{ leads: TriageLead[] }>('POST', '/triage', { household, person, answers }),
  saveVisit: (visit: object) => call<{ visit: string; leads: Problem[]; saved_at: string; same_door: DueRow[] }>('POST', '/visits', visit),
  addHousehold: (household: object) => call<Added>('POST', '/households', household),
  addPerson: (person: object) => call<Added>('POST', '/people', person),
  saveLead: (lead: object) => call<{ lead: Problem }>('POST', '/leads', lead),
  recordCall: (id: string, at: string, result: string) => call<{ lead: Problem }>('POST', `/leads/${id}/call`, { at, result }),
  problems: () => call<Problem[] | { leads: Problem[] }>('GET', '/leads').then((found) => (Array.isArray(found) ? found : found.leads)),
  search: (text: string) =>
    call<SearchHit[] | { hits: SearchHit[] }>('GET', `/search?q=${encodeURIComponent(text)}`).then((found) => (Array.isArray(found) ? found : found.hits)),
  outbox: () => call<{ chip: Chip; groups: OutboxGroup[] }>('GET', '/outbox'),
  device: () => call<DeviceFacts>('GET', '/device'),
}
