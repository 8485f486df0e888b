SELECT x.record FROM unnest($2::smallint[]) AS k (kind) JOIN record_name AS x ON x.account = $1
    AND x.kind = k.kind AND x.name = $3::smallint AND x.text = $4::bytea
