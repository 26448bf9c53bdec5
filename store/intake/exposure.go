package intake

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"example.org/tocsin/models"
	"example.org/tocsin/store"
)

// PutExposures stores exposures. Of what a device meets again the latest meeting is
// kept, in whatever order they are sent (TestAnOlderMeetingDoesNotReplaceANewer,
// TestOfManyMeetingsAtOnceTheLastIsKept); a field that others have added to the stored
// one stays (TestAReExposureKeepsWhatOthersHaveWrittenToIt).
//
// It fails with NotFound when a device does not exist or was erased meanwhile, and with
// Forbidden when it has withdrawn its consent; nothing is kept of that device then
// (TestAnExposureWrittenAfterTheConsentIsWithdrawnIsNotKept).
func (s *Store) PutExposures(ctx context.Context, exposures []models.Exposure) error {
	if len(exposures) == 0 {
		return nil
	}
	var devices []string
	for _, e := range exposures {
		devices = append(devices, e.Device)
	}
	if err := s.upsertExposures(ctx, exposures); err != nil {
		return store.WrapOp("put exposures", err)
	}
	return store.WrapOp("put exposures", s.dropUnconsented(ctx, devices))
}

// upsertExposures writes exposures over those that are no later. A later one does not
// match the filter, so the upsert tries to insert and finds the _id taken. So does an
// upsert beside another one that inserts first, perhaps an older meeting: what
// conflicted is written once more, without inserting.
func (s *Store) upsertExposures(ctx context.Context, exposures []models.Exposure) error {
	writes := make([]mongo.WriteModel, len(exposures))
	for i, e := range exposures {
		writes[i] = exposureWrite(e).SetUpsert(true)
	}
	_, err := s.exposures.BulkWrite(ctx, writes, options.BulkWrite().SetOrdered(false))
	var again []mongo.WriteModel
	for i, e := range store.PerWriteErrors(len(writes), err) {
		switch {
		case errors.Is(e, models.Conflict):
			again = append(again, exposureWrite(exposures[i]))
		case e != nil:
			return e
		}
	}
	if len(again) == 0 {
		return nil
	}
	_, err = s.exposures.BulkWrite(ctx, again, options.BulkWrite().SetOrdered(false))
	return err
}

// exposureWrite sets what the device has said of its meeting, unless a later one is stored.
func exposureWrite(e models.Exposure) *mongo.UpdateOneModel {
	return mongo.NewUpdateOneModel().
		SetFilter(bson.D{store.KV("_id", e.ID), store.KV("met_at", bson.D{store.KV("$lte", e.Met)})}).
		SetUpdate(bson.D{
			store.KV("$set", bson.D{
				store.KV("device", e.Device), store.KV("keys", e.Keys), store.KV("kind", e.Kind), store.KV("hint", e.Hint),
				store.KV("channel", e.Channel), store.KV("met_at", e.Met), store.KV("recorded_at", e.Recorded),
				store.KV("expires_at", e.Expires),
			}),
		})
}

// dropUnconsented deletes the exposures of those of the devices that may keep none, and
// returns why. It is called after the write: a consent that is withdrawn before this
// read is seen here, and whoever withdraws it later deletes the exposures itself.
func (s *Store) dropUnconsented(ctx context.Context, devices []string) error {
	gone, withdrawn, err := s.owners.Unconsented(ctx, slices.Compact(slices.Sorted(slices.Values(devices))))
	if err != nil || len(gone)+len(withdrawn) == 0 {
		return err
	}
	refused := slices.Concat(gone, withdrawn)
	if _, err := s.exposures.DeleteMany(ctx, bson.D{store.KV("device", bson.D{store.KV("$in", refused)})}); err != nil {
		return err
	}
	if len(gone) > 0 {
		return &models.Error{Kind: models.NotFound, Code: "device_erased", Detail: "The device does not exist any more."}
	}
	return &models.Error{
		Kind: models.Forbidden, Code: "consent_missing", Detail: "The person has not agreed to the storage of exposures.",
	}
}

// Exposures returns what a device has met and what has not expired, in no order.
func (s *Store) Exposures(ctx context.Context, device string) ([]models.Exposure, error) {
	cur, err := s.exposures.Find(ctx, bson.D{store.KV("device", device), store.NotExpired()})
	found, err := store.Collect[models.Exposure](ctx, cur, err)
	return found, store.WrapOp("read exposures", err)
}

// DeleteExposures deletes all that a device has met.
func (s *Store) DeleteExposures(ctx context.Context, device string) error {
	_, err := s.exposures.DeleteMany(ctx, bson.D{store.KV("device", device)})
	return store.WrapOp("delete exposures", err)
}

// AnyExposed returns which of the keys an exposure has (TestAnyExposedFindsEveryKeyAndNoOther).
func (s *Store) AnyExposed(ctx context.Context, keys []string) (map[string]bool, error) {
	exposed, err := store.Held(ctx, s.exposures, bson.D{store.NotExpired()}, "keys", keys, func(e models.Exposure) []string { return e.Keys })
	return exposed, store.WrapOp("look for exposures", err)
}

// Exposed returns up to limit exposures that have one of the keys, in the order of
// the time at which they were recorded and of their ids: those recorded after
// since, and those recorded exactly then whose id is greater than after. So the
// next page begins at Recorded and ID of the last exposure of this one
// (TestTheExposedComeInPagesWithoutLossOrRepetition).
//
// The clocks of nodes differ and a write takes a while to be seen: a caller that
// begins at a time of its own clock should begin some seconds earlier.
func (s *Store) Exposed(ctx context.Context, keys []string, since time.Time, after string, limit int) ([]models.Exposure, error) {
	filter := bson.D{
		store.KV("keys", bson.D{store.KV("$in", keys)}), store.KV("recorded_at", bson.D{store.KV("$gte", since)}), store.NotExpired(),
	}
	if after != "" {
		filter = append(filter, store.KV("$or", bson.A{
			bson.D{store.KV("recorded_at", bson.D{store.KV("$gt", since)})},
			bson.D{store.KV("_id", bson.D{store.KV("$gt", after)})},
		}))
	}
	cur, err := s.exposures.Find(ctx, filter, options.Find().SetSort(bson.D{store.KV("recorded_at", 1), store.KV("_id", 1)}).
		SetLimit(int64(limit)).SetBatchSize(int32(limit))) //nolint:gosec // a page is small
	found, err := store.Collect[models.Exposure](ctx, cur, err)
	return found, store.WrapOp("read the exposed", err)
}

// ExposuresByID returns those of the exposures that exist and have not expired, in no order.
func (s *Store) ExposuresByID(ctx context.Context, ids []string) ([]models.Exposure, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	cur, err := s.exposures.Find(ctx, bson.D{store.IDIn(ids), store.NotExpired()})
	found, err := store.Collect[models.Exposure](ctx, cur, err)
	return found, store.WrapOp("read exposures by id", err)
}

// GrowEpisodes sets Episode and EpisodeFrom of the exposures, of each that is still
// in the episode before: a second call changes nothing.
func (s *Store) GrowEpisodes(ctx context.Context, exposures []models.Exposure) error {
	type step struct {
		episode int64
		from    time.Time
	}
	groups := map[step][]string{}
	for _, e := range exposures {
		k := step{e.Episode, e.EpisodeFrom}
		groups[k] = append(groups[k], e.ID)
	}
	writes := make([]mongo.WriteModel, 0, len(groups))
	for k, ids := range groups {
		before := store.KV("episode", k.episode-1)
		if k.episode == 1 { // the first is not stored
			before = store.KV("episode", bson.D{store.KV("$exists", false)})
		}
		writes = append(writes, mongo.NewUpdateManyModel().SetFilter(bson.D{store.IDIn(ids), before}).
			SetUpdate(bson.D{store.KV("$set", bson.D{store.KV("episode", k.episode), store.KV("episode_from", k.from)})}))
	}
	if len(writes) == 0 {
		return nil
	}
	_, err := s.exposures.BulkWrite(ctx, writes)
	return store.WrapOp("grow episodes", err)
}

// MarkExempted notes on exposures that the signature would accuse them, if another
// did not exempt them.
func (s *Store) MarkExempted(ctx context.Context, signature string, exposures []string) error {
	_, err := s.exposures.UpdateMany(ctx, bson.D{store.IDIn(exposures)},
		bson.D{store.KV("$set", bson.D{store.KV("exempted."+signature, true)})})
	return store.WrapOp("mark exposures as exempted", err)
}
