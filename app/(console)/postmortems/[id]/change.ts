/** How a change of a report is sent: an edit while it is drafted, an amendment with its reason once it is published. */
type Change = ['PUT' | 'POST', string, Record<string, unknown>];

export const changeOf = (id: string, body: Record<string, unknown>): Change =>
  'reason' in body ? ['POST', `/postmortems/${id}/amend`, body] : ['PUT', `/postmortems/${id}`, body];
