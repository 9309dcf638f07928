// What the district's interface answers. Optional members may be absent or null.
export type Lamp = 'green' | 'yellow' | 'red' | 'grey'

export interface Item {
  lead_id: string; entry_id?: string | null; entry_no?: string | null; state: string; lead_state?: string
  grade?: number | null; grade_rule?: number | null; grade_worker?: number | null
  category: string; street: string; community: string; grid_name: string; person_masked: string
  found_at?: string | null; received_at?: string | null; accepted_at?: string | null; due_at?: string | null
  overdue_on_arrival?: boolean; lamp?: Lamp | null; used_percent?: number | null; upload_delay_min?: number | null
  clock_suspect?: boolean; restricted?: boolean; owner?: string | null
}
export interface Recent { at: string; text_code: string; entry_no?: string | null; lead_id?: string | null }
export interface Duty {
  as_of: string
  counts: { grade1_open: number; overdue: number; waiting: number; due_soon: number }
  items: Item[]; recent: Recent[]
}
export interface LedgerPage { rows: Item[]; next_cursor?: string | null; total_hint: number }

export interface Step { at: string; action: string; by?: string; role?: string; from?: string; to?: string; reason?: string; details?: unknown }
export interface Clock { kind: string; basis: string; started_at: string; due_at: string; stopped_at?: string | null; lamp?: Lamp | null; used_percent?: number | null }
export interface Offer { action: string; label?: string; allowed: boolean; reason?: string }
export interface Member { name?: string; name_masked?: string; age?: number | null; relation?: string; tags?: string[] }
export interface CaseView {
  item: Item
  person?: { name: string; age?: number | null; sex?: number | string; id_masked?: string; phone_masked?: string; tags?: string[] } | null
  household?: { door: string; address: string; members: Member[] } | null
  description?: string; place?: string; urgent_need?: string[]
  offline_call?: { at: string; result?: string | null } | null
  answers?: { question: string; label: string; answer: unknown; label_answer: string }[]
  timeline?: Step[]; clocks?: Clock[]; actions?: Offer[]
  worker?: { name: string; device_last_seen?: string | null }
}

export interface Count { due: number; done: number }
export interface Period { households: Count; persons: Count }
export interface Covered { month: Period; week: Period; day: Period }
export interface GridCover extends Covered { id: string; code?: string; name: string; worker?: string; last_sync_at?: string | null }
export interface CommunityCover extends Covered { name: string; grids: GridCover[] }
export interface StreetCover extends Covered { code: string; name: string; communities: CommunityCover[] }
export interface Coverage extends Covered { as_of: string; streets: StreetCover[] }
export interface Missing { id: string; household: boolean; name_masked: string; door: string; duty: string }

export interface Device {
  id: string; label: string; worker: string; state: string; last_contact_at?: string | null; unsent?: number
  oldest_unsent_at?: string | null; version?: string | null; clock_offset_ms?: number | null; incidents?: number
  left_grids?: { code: string; name: string; purged_at?: string | null }[]
}
export interface Conflict {
  id: number; at: string; table: string; row: string; column: string; rule: string; reason: string; worker: string
  grid_name: string; street: string; subject: string; door: string
  base: unknown; current: unknown; next: unknown; kept: unknown
  closed: boolean; outcome: string; closed_by: string; closed_at?: string | null
}
export interface ProposedRow { row: string; name: string; door: string; phone: string; id_masked: string; grid_name: string; members: number; visits: number }
export interface MergeProposal { id: number; at: string; table: string; reason: string; worker: string; first: ProposedRow; second: ProposedRow; outcome: string }
export interface HeldGroup {
  id: string; device: string; worker: string; seq: number; reason: string; rejected: boolean; received_at: string; recorded_at: string
  content: { table: string; count: number }[]; about: string[]
  outcome: '' | 'taken' | 'closed'; closed_by: string; closed_reason: string; closed_at?: string | null
}
export interface MergeTarget extends Item { description: string; worker: string }
export interface GridAssignment { id: string; code: string; name: string; street: string; community: string; workers: { login: string; name: string }[]; households: number; waiting_tablets: number }
export interface Assignments { grids: GridAssignment[]; workers: { login: string; name: string }[] }
export interface Backup { newest_good_at: string | null; too_old: boolean }
export interface SessionFacts {
  account: { id: string; login: string; name: string; roles: { role: string; scope: string }[] }
  csrf: string
  district: { code: string; name: string; pack: string }
}

export interface RegisterFacts { kind: string; file_name: string; rows: number; by: string; imported_at: string }
export interface ComparisonRun {
  run: number; first: string; others: string; by: string; finished_at: string; rows: number; matched: number; clean: number
  added: number; gone: number; counts: Record<string, Record<string, number>>
}
export interface ImportFacts {
  rows: number; imported: boolean; unchanged: number; faults: { line: number; column: string; reason: string }[]
  fault_count: number; unknown_columns: string[]
}
export interface ComparisonJob {
  kind: 'import' | 'compare'; state: 'running' | 'done' | 'failed'; done: number; total: number; code?: string; message?: string
  report?: ImportFacts; summary?: ComparisonRun
}
export interface Comparisons { kinds: string[]; lists: RegisterFacts[]; register_rows: number; runs: ComparisonRun[]; job: ComparisonJob | null }
export interface Finding {
  number: number; key: string; code: string; name: string; id_masked: string; household: string; list: string; row: number
  other_list: string; other_row: number; other_name: string; other_id_masked: string; other_household: string
  state: string; reason: string; decided_by: string; decided_at?: string | null; lead_id?: string | null
}
export interface Attachment {
  id: string; kind: 'photo' | 'voice'; media_type: string; bytes: number; note: string; taken_at: string; received_at: string | null
  state: 'pending' | 'stored' | 'rejected' | 'lost'; fault: string
}
