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

// inputFile is a file that a command reads from its beginning to its end. One whose name ends in .gz is unpacked on the way.
type inputFile struct {
	io.Reader // what it holds, unpacked

	name string // in lower case, without folder and .gz
	file *os.File
	read int64 // bytes of the file so far, packed
	size int64
}

func openInput(path string) (*inputFile, error) {
	file, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, err
	}
	f := &inputFile{file: file}
	if st, err := file.Stat(); err == nil {
		f.size = st.Size()
	}
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

// close ends the reading; nothing was written, so nothing can be lost.
func (f *inputFile) close() { _ = f.file.Close() }

// countInto counts what is written.
type countingWriter struct{ n *int64 }

func (c countingWriter) Write(p []byte) (int, error) {
	*c.n += int64(len(p))
	return len(p), nil
}

// bar shows how much of a file has been read. A progress line that cannot be drawn harms nothing.
type bar struct {
	line *progressbar.ProgressBar
	file *inputFile
}

func (f *inputFile) bar(to io.Writer, description string) bar {
	return bar{file: f, line: progressbar.NewOptions64(f.size, progressbar.OptionSetWriter(to), progressbar.OptionShowBytes(true),
		progressbar.OptionSetDescription(description), progressbar.OptionThrottle(200*time.Millisecond),
		progressbar.OptionOnCompletion(func() { _, _ = fmt.Fprintln(to) }))}
}

func (b bar) draw()   { _ = b.line.Set64(b.file.read) }
func (b bar) finish() { _ = b.line.Finish() }
