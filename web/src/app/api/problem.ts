import { HttpErrorResponse } from '@angular/common/http';

/** What went wrong, in words for a person: from problem+json (RFC 9457) where the server sent it. */
export function problemText(error: unknown): string {
  if (!(error instanceof HttpErrorResponse)) return error instanceof Error ? error.message : String(error);
  if (error.status === 0) return 'The server cannot be reached. Nothing that was stored is lost; try again when it runs.';
  const problem = problemOf(error.error);
  if (problem?.detail) return problem.detail;
  if (problem?.title) return problem.title;
  return `The server answered ${error.status}.`;
}

/** A filter that a query asked by and that does not exist, with queries to offer in its place. */
export interface UnknownFilter {
  name: string;
  nearest: string | null;
  corrected: string | null;
  as_words: string;
  known: readonly string[];
}

/** What the server says of a filter that does not exist; null for every other problem. */
export function unknownFilter(error: unknown): UnknownFilter | null {
  if (!(error instanceof HttpErrorResponse)) return null;
  return problemOf(error.error)?.filter ?? null;
}

interface Problem {
  title?: string;
  detail?: string;
  filter?: UnknownFilter;
}

function problemOf(body: unknown): Problem | null {
  const parsed = typeof body === 'string' ? parse(body) : body;
  if (typeof parsed !== 'object' || parsed === null) return null;
  const { title, detail, filter } = parsed as Record<string, unknown>;
  return {
    title: typeof title === 'string' ? title : undefined,
    detail: typeof detail === 'string' ? detail : undefined,
    filter: typeof filter === 'object' && filter !== null ? (filter as UnknownFilter) : undefined,
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Whether a file was not taken because there is nothing in it for a person: an album's list, a system's thumbnails. */
export function isLeftAside(error: unknown): boolean {
  return error instanceof HttpErrorResponse && problemOf(error.error)?.title === 'Left aside';
}
