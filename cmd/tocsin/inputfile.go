package main

import (
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
)

// inputFile is a file that a command reads from its beginning to its end. One
// whose name ends in .gz is unpacked (RFC 1952).
type inputFile struct {
	io.Reader // of the unpacked content

	name string // in lower case, without folder and .gz
	file *os.File
	read int64 // bytes read so far, before unpacking
	size int64 // bytes of the file, before unpacking
}

// openInput opens the file at path.
func openInput(path string) (*inputFile, error) {
	file, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, err
	}
	f := &inputFile{file: file}
	if st, err := file.Stat(); err == nil {
		f.size = st.Size()
	}
	// Counted before unpacking: only the packed size is known, and the bar is to end at 100 %.
	raw := io.TeeReader(file, countingWriter{&f.read})
	f.Reader = raw
	var packed bool
	if f.name, packed = strings.CutSuffix(strings.ToLower(filepath.Base(path)), ".gz"); packed {
		if f.Reader, err = gzip.NewReader(raw); err != nil {
			f.close()
			return nil, fmt.Errorf("unpack %s: %w", path, err)
		}
	}
	return f, nil
}

// close closes the file. Its error says nothing: the file was only read.
func (f *inputFile) close() { _ = f.file.Close() }

// countingWriter adds the number of bytes written to it to n.
type countingWriter struct{ n *int64 }

// Write counts p and never fails.
func (c countingWriter) Write(p []byte) (int, error) {
	*c.n += int64(len(p))
	return len(p), nil
}

// bar is a progress bar: how many bytes of a file have been read. Errors of drawing
// it are ignored.
type bar struct {
	line *progressbar.ProgressBar
	file *inputFile
}

// bar returns a progress bar of the file, drawn to the given writer.
func (f *inputFile) bar(to io.Writer, description string) bar {
	return bar{file: f, line: progressbar.NewOptions64(f.size, progressbar.OptionSetWriter(to), progressbar.OptionShowBytes(true),
		progressbar.OptionSetDescription(description), progressbar.OptionThrottle(200*time.Millisecond),
		progressbar.OptionOnCompletion(func() { _, _ = fmt.Fprintln(to) }))}
}

func (b bar) draw()   { _ = b.line.Set64(b.file.read) }
func (b bar) finish() { _ = b.line.Finish() }
