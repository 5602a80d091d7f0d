'use client';
/** The foot of a form that stays: it says once what it shows is kept. */
export function Save(props: { busy: boolean; done: boolean; label?: string; primary?: boolean }) {
  return (
    <div className="row end">
      <span role="status" className="small quiet">
        {props.done ? 'Saved' : ''}
      </span>
      <button type="submit" className={`button ${props.primary ? 'primary' : ''}`} disabled={props.busy}>
        {props.label ?? 'Save'}
      </button>
    </div>
  );
}
