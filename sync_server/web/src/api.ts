// The district's interface. The session is a cookie the page cannot read; writing needs the token of the session's answer.
import { readAnswer, RequestProblem } from '@look/problem'
import type { Attachment, Assignments, Backup, CaseView, ComparisonJob, Comparisons, Conflict, Coverage, Device, Duty, Finding, HeldGroup, LedgerPage, MergeProposal, MergeTarget, Missing, SessionFacts } from './types'

let csrf = ''
let onSignedOut = () => {}
export function useToken(token: string): void { csrf = token }
export function whenSignedOut(act: () => void): void { onSignedOut = act }

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = {}
  const token = csrf
  const raw = body instanceof Blob
  if (method !== 'GET') headers['x-doudi-csrf'] = csrf
  if (body !== undefined) headers['content-type'] = raw ? 'application/octet-stream' : 'application/json'
  let answer: Response
  try {
    answer = await fetch(`/v1${path}`, { method, headers, credentials: 'same-origin', body: body === undefined ? undefined : raw ? body : JSON.stringify(body) })
  } catch {
    throw new RequestProblem(0, 'network.gone', '')
  }
  // A late answer to the session before does not end this one.
  if (answer.status === 401 && path !== '/session' && token === csrf) onSignedOut()
  return readAnswer<T>(answer)
}

const query = (values: Record<string, string>) => {
  const filled = Object.entries(values).filter(([, value]) => value !== '')
  return filled.length ? `?${new URLSearchParams(filled)}` : ''
}

export const api = {
  session: () => call<SessionFacts>('GET', '/session'),
  signIn: (login: string, password: string) => call<SessionFacts>('POST', '/session', { login, password }),
  signOut: () => call<unknown>('DELETE', '/session'),
  duty: () => call<Duty>('GET', '/duty'),
  ledger: (filter: Record<string, string>) => call<LedgerPage>('GET', `/ledger${query(filter)}`),
  lead: (id: string) => call<CaseView>('GET', `/leads/${encodeURIComponent(id)}`),
  attachments: (owner: string, id: string) =>
    call<{ attachments: Attachment[] }>('GET', `/${owner}/${encodeURIComponent(id)}/attachments`).then((found) => found.attachments),
  entry: (id: string) => call<CaseView>('GET', `/ledger/${encodeURIComponent(id)}`),
  decide: (lead: string, action: string, body: object) =>
    call<{ state?: string; entry_no?: string; entry_id?: string }>('POST', `/leads/${lead}/${action}`, body),
  coverage: () => call<Coverage>('GET', '/coverage'),
  missing: (grid: string) => call<{ missing: Missing[] } | Missing[]>('GET', `/coverage/missing?grid=${grid}`)
    .then((found) => (Array.isArray(found) ? found : found.missing)),
  comparisons: () => call<Comparisons>('GET', '/comparisons'),
  comparisonJob: () => call<{ job: ComparisonJob | null }>('GET', '/comparisons/job').then((found) => found.job),
  registerPart: (offset: number, part: Blob) => call<unknown>('POST', `/registers/part?offset=${offset}`, part),
  importRegister: (kind: string, file_name: string) => call<unknown>('POST', '/registers', { kind, file_name }),
  compare: (first: string, others: string[]) => call<unknown>('POST', '/comparisons', { first, others }),
  cancelComparison: () => call<unknown>('POST', '/comparisons/cancel', {}),
  findings: (filter: Record<string, string>) => call<{ rows: Finding[]; next: number | null }>('GET', `/comparisons/findings${query(filter)}`),
  explain: (key: string, reason: string) => call<unknown>('POST', `/comparisons/findings/${key}/explain`, { reason }),
  findingLead: (key: string, grid: string, note: string) => call<{ lead_id: string }>('POST', `/comparisons/findings/${key}/lead`, { grid, note }),
  conflicts: () => call<Conflict[]>('GET', '/conflicts'),
  closeConflict: (id: number, how: 'take' | 'keep') => call<unknown>('POST', `/conflicts/${id}/${how}`, {}),
  mergeProposals: () => call<MergeProposal[]>('GET', '/merge-proposals'),
  merge: (id: number, winner: string) => call<unknown>('POST', `/merge-proposals/${id}/merge`, { winner }),
  different: (id: number) => call<unknown>('POST', `/merge-proposals/${id}/different`, {}),
  held: () => call<HeldGroup[]>('GET', '/held'),
  takeHeld: (id: string) => call<unknown>('POST', `/held/${id}/take`, {}),
  closeHeld: (id: string, reason: string) => call<unknown>('POST', `/held/${id}/close`, { reason }),
  mergeTargets: (lead: string) => call<MergeTarget[]>('GET', `/leads/${lead}/merge-targets`),
  assignments: () => call<Assignments>('GET', '/assignments'),
  assign: (grid: string, from: string, to: string) => call<unknown>('POST', '/assignments', { grid, from, to }),
  devices: () => call<Device[] | { devices: Device[] }>('GET', '/devices').then((found) => (Array.isArray(found) ? found : found.devices)),
  backup: () => call<Backup>('GET', '/backup'),
  revoke: (id: string) => call<unknown>('POST', `/devices/${id}/revoke`, {}),
  enrolmentCode: (worker_login: string) => call<{ code: string; expires_at: string }>('POST', '/devices/code', { worker_login }),
}
