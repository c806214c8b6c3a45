import { components } from './schema';

type Schemas = components['schemas'];

export type Account = Schemas['Account'];
export type Person = Schemas['Person'];
export type AccountChange = Schemas['AccountChange'];
export type Session = Schemas['Session'];
export type SignedInFrom = Schemas['SignedInFrom'];
export type Token = Schemas['Token'];
export type MadeToken = Schemas['MadeToken'];
export type AssetSummary = Schemas['AssetSummary'];
export type Asset = Schemas['Asset'];
export type Taken = Schemas['Taken'];
export type Box = Schemas['Box'];
export type FoundFace = Schemas['FoundFace'];
export type FoundObject = Schemas['FoundObject'];
export type FoundText = Schemas['FoundText'];
export type CertaintyWord = NonNullable<Schemas['FoundObject']['certainty']>;
export type Segment = Schemas['Segment'];
export type SearchAnswer = Schemas['SearchAnswer'];
export type Hit = Schemas['Hit'];
export type Why = Schemas['Why'];
export type Sort = SavedSearch['sort'];
export type SavedSearch = Schemas['SavedSearch'];
export type FacetAnswer = Schemas['FacetAnswer'];
export type Facet = Schemas['Facet'];
export type FacetValue = Schemas['FacetValue'];
export type Suggestion = Schemas['Suggestion'];
export type SimilarAsset = Schemas['SimilarAsset'];
export type SimilarFace = Schemas['SimilarFace'];
export type TimelineDay = Schemas['Day'];
export type Cluster = Schemas['Cluster'];
export type MonthCount = Schemas['Month'];
export type MonthList = Schemas['MonthList'];
export type Activity = Schemas['Activity'];
export type Deed = Schemas['Deed'];
export type Failure = Schemas['Failure'];
export type WaitingFile = Schemas['WaitingFile'];
export type LibraryStatus = Schemas['LibraryStatus'];
export type TrashedAsset = Schemas['TrashedAsset'];
export type Emptied = Schemas['Emptied'];
export type Upload = Schemas['Upload'];
export type Changes = Schemas['Changes'];
export type Requeue = Schemas['Requeue'];

export type Role = Account['role'];
export type Scope = Token['scopes'][number];

/** One page of a list; `next` is the cursor to ask with, null at the end. */
export interface Page<T> {
  items: T[];
  next?: string | null;
}

/** A rectangle in degrees at a zoom of the map; west greater than east crosses the 180th meridian. */
export interface MapArea {
  west: number;
  south: number;
  east: number;
  north: number;
  zoom: number;
}

export type Belonging = Schemas['Belonging'];
export type Joined = Schemas['Joined'];
