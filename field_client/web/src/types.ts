// Shapes of the loopback interface.
export type Answers = Record<string, string[]>
export interface Text { zh: string; en: string }
export interface Tag { code: string; label: string }
export interface Chip {
  unsent: number; oldest_unsent_at: string | null; oldest_age_min: number; last_success_at: string | null
  state: 'synced' | 'unsent' | 'syncing' | 'offline' | 'never' | 'attention'
  reason_code: string; reason: string; reason_en: string; emergency_unsent: number; attachments_waiting: number
}
export interface Grid { id: string; name: string; community: string; street: string; duty_phone: string; backup_phone: string; handed_over?: boolean }
export interface State {
  enrolled: boolean; locked: boolean; attempts_left?: number; wait_s?: number
  worker?: { name: string }; grid?: Grid | null; now: string; chip?: Chip
}
export interface Attachment {
  id: string; kind: 'photo' | 'voice'; media_type: string; bytes: number; sent: number; taken_at: string; reason: string; here: boolean
  state: 'staged' | 'waiting' | 'uploading' | 'uploaded' | 'rejected' | 'elsewhere'
}
export interface Problem {
  id: string; household: string | null; person: string | null; name: string; door: string; category: string; grade: number
  found_at: string; due_at: string | null; lamp: 'green' | 'yellow' | 'red' | '' | null; state: string; state_text: string
  entry_no: string | null; accepted_at: string | null; received_at: string | null; reply: string | null; learned_at: string | null
  sent: 'unsent' | 'sent' | 'conflict' | 'returned'; description: string
  offline_call: { at: string; result: string } | null; returned_items: string[]; attachments: Attachment[]
}
export interface DueRow {
  household: string; person: string | null; door: string; name: string; age: number | null; members: number; tags: Tag[]
  duty: 'daily' | 'weekly' | 'monthly'; due_by: string; mode: string; missed: boolean; tried_at: string | null
  last_seen: string | null; phone: string | null; unreachable: { grade: number } | null
}
export interface Today {
  date: string; headline: { left: number; done: number; total: number }
  emergencies: Problem[]; returned: Problem[]; due: DueRow[]; net: { household: string; state: 'seen' | 'open' | 'tried' }[]
  week: { done: number; total: number }; month: { done: number; total: number }
  workload: { working_days_left: number; per_day: number }
}
export interface Member {
  id: string; name: string; sex: number; age: number | null; relation: string; is_head: boolean; tags: Tag[]; self_care: string
  phone: string | null; id_masked: string; duty: string; due_by: string | null; last_seen: string | null
}
export interface HouseholdView {
  id: string; door: string; address: string; phone: string | null; note: string; members: Member[]
  visits: { id: string; seen_at: string; outcome: string; met: string; worker: string; summary: string[]; state: string; attachments: Attachment[] }[]
  problems: Problem[]; same_door: DueRow[]; draft: Draft | null
}
export interface Condition {
  all?: Condition[]; any?: Condition[]; not?: Condition; question?: string; is?: string[]; is_not?: string[]; answered?: boolean; fact?: string
}
export interface Option { code: string; label: Text; short?: Text; fine?: boolean; exclusive?: boolean }
export interface Question {
  code: string; topic: string; kind: 'single' | 'multiple' | 'yes_no_group' | 'number' | 'text' | 'date' | 'photo'
  label: Text; short?: Text; spoken?: Text; hint?: Text; options?: Option[]; visible_when?: Condition; quick_pass?: string[]
  prefill_previous?: boolean; required?: boolean; unit?: string; min?: number; max?: number
}
export interface Form { id: string; version: number; topics: { code: string; label: Text }[]; questions: Question[] }
export interface Draft { person: string | null; answers: Answers; note: string; leaflet: boolean; met: string; attachments?: Attachment[] }
export interface TriageLead { category: string; grade: number; rules: string[]; restricted: boolean; hint: string }
export interface SearchHit { household: string; person: string | null; name: string; door: string; age: number | null; tags: Tag[] }
export interface OutboxGroup {
  seq: number; at: string; kind: string; household: string | null; door: string; name: string; lane: string; state: string; reason: string
}
export interface DeviceFacts {
  device_id: string; program_version: string; store_bytes: number; free_bytes: number; last_sync_at: string | null; server_url: string; epoch: string
}

export interface Likeness { household: string; person: string | null; name: string; door: string; reason: string }
export interface Added { id: string | null; alike: Likeness[] }
