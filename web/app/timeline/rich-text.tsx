import type { ReactNode } from "react";
import { type Block, type Inline, parseMarkup } from "../../../src/domain/markup.ts";
import type { Mention } from "../../../src/protocol/content.ts";
import { CodeBlock } from "./code-block.tsx";
import "./rich-text.css";

/**
 * A text with its markup drawn. It is parsed into React nodes: no string of it is ever read as HTML. What copies it gets
 * the source back (`copied-source.ts`) by the `data-source-*` marks.
 */
export function richText(text: string, mentions: readonly Mention[] = [], my_id?: string): ReactNode[] {
  return parseMarkup(text, mentions).map((block, i) => drawBlock(block, i, my_id));
}

function drawBlock(block: Block, key: number, my_id: string | undefined): ReactNode {
  switch (block.type) {
    case "words":
      return <span key={key}>{drawInline(block.inside, my_id)}</span>;
    case "quote":
      return (
        <blockquote key={key} className="rich-quote" data-source-line="> " dir="auto">
          {block.inside.map((inner, i) => drawBlock(inner, i, my_id))}
        </blockquote>
      );
    case "code":
      return <CodeBlock key={key} language={block.language} text={block.text} />;
    case "list":
      return (
        <ul key={key} className="rich-list">
          {block.items.map((item, i) => drawItem(item, i, my_id))}
        </ul>
      );
  }
}

function drawItem({ mark, inside }: { mark: string; inside: Inline[] }, key: number, my_id: string | undefined) {
  return (
    <li key={key} data-mark={/\d/.test(mark) ? mark : "•"} data-source-open={`${mark} `} dir="auto">
      {drawInline(inside, my_id)}
    </li>
  );
}

function drawInline(pieces: readonly Inline[], my_id: string | undefined): ReactNode[] {
  return pieces.map((piece, key) => drawPiece(piece, key, my_id));
}

const TAG = { strong: "strong", emphasis: "em", strike: "s" } as const;

function drawPiece(piece: Inline, key: number, my_id: string | undefined): ReactNode {
  switch (piece.type) {
    case "text":
      return piece.text;
    case "code":
      return (
        <code key={key} className="rich-code" data-source-open="`" data-source-close="`">
          {piece.text}
        </code>
      );
    case "link":
      return (
        <a key={key} href={piece.address} target="_blank" rel="noopener noreferrer">
          {piece.address}
        </a>
      );
    case "mention":
      return (
        <span
          key={key}
          className="mention"
          data-me={(my_id !== undefined && (piece.user_id === my_id || piece.everyone !== undefined)) || undefined}
          data-person={piece.user_id}
        >
          {piece.text}
        </span>
      );
    default: {
      const Tag = TAG[piece.type];
      return (
        <Tag key={key} data-source-open={piece.mark} data-source-close={piece.mark}>
          {drawInline(piece.inside, my_id)}
        </Tag>
      );
    }
  }
}

const EMOJI_ONLY = /^(?:\p{RGI_Emoji}\s?){1,3}$/v;

/** One to three emoji and nothing else are shown large. */
export const isJumbo = (text: string): boolean => text.length <= 48 && EMOJI_ONLY.test(text.trim());
