import styles from './public.module.css';

/** One answer for a link that never was and one that was revoked. */
export default function NoSuchPage() {
  return (
    <main className={styles.page}>
      <h1>There is nothing here</h1>
      <p>The link is wrong, or it was taken back. Ask whoever gave it to you.</p>
    </main>
  );
}
