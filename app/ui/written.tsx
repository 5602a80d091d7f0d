/**
 * Markdown that people wrote, as words: no markup of theirs, no pictures, and links only to where a reader can see that
 * they lead. Works on the server and, for a preview, in the browser.
 */
import Markdown, { type Components } from 'react-markdown';
import rehypeSanitize, { defaultSchema } from 'rehype-sanitize';
import remarkGfm from 'remark-gfm';
import styles from './written.module.css';

const schema = {
  ...defaultSchema,
  tagNames: (defaultSchema.tagNames ?? []).filter((tag) => !['img', 'picture', 'source', 'input'].includes(tag)),
  protocols: { href: ['http', 'https', 'mailto'] },
};

/** Headings of a text stand beneath those of its section. */
const components: Components = {
  h1: ({ children }) => <h3>{children}</h3>,
  h2: ({ children }) => <h4>{children}</h4>,
  h3: ({ children }) => <h5>{children}</h5>,
  a: ({ href, children }) =>
    href && /^(https?:|mailto:)/i.test(href) ? (
      <a href={href} rel="noopener noreferrer nofollow" target="_blank">
        {children}
      </a>
    ) : (
      <>{children}</>
    ),
};

/** Whatever turns words round or hides them is shown as a mark. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must be seen
const unruly = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff]/g;

export function Written({ text }: { text: string }) {
  return (
    <div className={styles.written} dir="auto">
      <Markdown
        remarkPlugins={[remarkGfm]}
        rehypePlugins={[[rehypeSanitize, schema]]}
        components={components}
        skipHtml
        urlTransform={(url) => (/^(https?:|mailto:)/i.test(url) ? url : '')}
      >
        {text.replace(unruly, '\ufffd')}
      </Markdown>
    </div>
  );
}
